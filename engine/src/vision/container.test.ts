import { FakeClock } from '@nightjar/media/testing';
import { describe, expect, it } from 'vitest';
import { QuietLog } from '../testing/index.ts';
import { Containers } from './container.ts';
import { ScriptedChildren } from './testing/scripted-child.ts';

function opened() {
  const clock = new FakeClock();
  const children = new ScriptedChildren();
  const containers = new Containers({ start: children.start, clock, log: new QuietLog() });
  const told: string[] = [];
  const container = containers.open({
    onTransport: (data) => told.push(data.toString()),
    onFinished: () => told.push('finished'),
    onFailed: (message) => told.push(message),
  });
  return { clock, children, containers, container, told };
}

describe('a container in the pixel process', () => {
  it('hands over what came before the process was there, and waits when half a megabyte is under way', async () => {
    const { children, containers, container, told } = opened();
    await container.push(Buffer.alloc(300_000));
    let room = false;
    const more = container.push(Buffer.alloc(300_000)).then(() => {
      room = true;
    });
    const child = children.last.ready();
    expect(child.said.map(({ type }) => type)).toEqual(['open_container', 'bytes', 'bytes']);
    await Promise.resolve();
    expect(room).toBe(false);
    child.say({ type: 'taken', id: 1, units: 1 });
    await more;
    child.say({ type: 'transport', id: 1, data: Buffer.from('ts') });
    container.finish();
    expect(child.of('finish')).toHaveLength(1);
    child.say({ type: 'finished', id: 1 });
    expect(told).toEqual(['ts', 'finished']);
    container.close();
    expect(child.of('close')).toHaveLength(0);
    await containers.close();
  });

  it('is lost with its process, and says why; a slow one breaks nothing', async () => {
    const { clock, children, containers, container, told } = opened();
    const child = children.last.ready();
    void container.push(Buffer.alloc(1));
    clock.advance(20_000);
    expect(child.gone).toBe(false);
    child.die();
    expect(told).toEqual(['the process that reads it ended']);
    await container.push(Buffer.alloc(1_000_000));
    container.close();
    await containers.close();
  });

  it('without anything to decode with says so', async () => {
    const { children, containers, told } = opened();
    children.last.die(69);
    expect(told).toEqual(['nothing on this machine can read containers']);
    await containers.close();
  });

  it('that is closed says nothing more, and the process ends when its children have', async () => {
    const { clock, children, containers, container, told } = opened();
    const child = children.last.ready();
    const blocked = container.push(Buffer.alloc(600_000));
    const closed = containers.close();
    await blocked;
    expect(child.of('close')).toHaveLength(1);
    child.say({ type: 'transport', id: 1, data: Buffer.from('late') });
    await Promise.resolve();
    expect(child.killed).toBe(false);
    child.say({ type: 'finished', id: 1 });
    await closed;
    expect(child.killed).toBe(true);
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('that does not end is not waited for without end', async () => {
    const { clock, children, containers } = opened();
    children.last.ready();
    const closed = containers.close();
    clock.advance(1_000);
    await closed;
    expect(children.last.killed).toBe(true);
  });
});
