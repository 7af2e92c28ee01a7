import { describe, expect, it } from 'vitest';
import { begun, problemOf, queryOf, withFile, withTail } from './model-draft.ts';

describe('a file', () => {
  it.each([
    ['yolov8n.onnx', 'yolov8n', 'yolov8'],
    ['yolov5s.onnx', 'yolov5s', 'yolov5'],
    ['my best model (2).ONNX', 'my-best-model-2-', 'yolov8'],
    ['.hidden.onnx', 'hidden', 'yolov8'],
  ])('%s is thought to be %s, %s', (file, name, layout) =>
    expect(withFile(begun, file)).toMatchObject({ name, layout }),
  );

  it('does not take back a name that was typed', () => {
    expect(withFile({ ...begun, name: 'mine' }, 'yolov8n.onnx').name).toBe('mine');
  });
});

describe('the end of a file', () => {
  it('tells names and size where an exporter wrote them', () => {
    const tail = "..imgsz\u0012\n[384, 640]r3\n\u0005names\u0012*{0: 'person', 1: \"dog's toy\", 2: 'car'}";
    expect(withTail(begun, tail)).toMatchObject({
      ...{ classes: "person, dog's toy, car", width: '640', height: '384' },
    });
  });

  it.each(['', 'names', 'names {1: x}', 'imgsz [1]'])('%j tells nothing', (tail) =>
    expect(withTail(begun, tail)).toEqual(begun),
  );
});

describe('what is typed', () => {
  const whole = { ...begun, name: 'people', classes: 'person,\n car , ,' };
  it.each([
    [{}, []],
    [{ name: '' }, ['name']],
    [{ name: 'a b' }, ['name']],
    [{ name: 'old' }, ['name']],
    [{ classes: ' , ' }, ['classes']],
    [{ width: '31' }, ['width']],
    [{ height: '4097' }, ['height']],
    [{ width: 'x', height: '6.5' }, ['width', 'height']],
  ])('%o lacks %o', (change, wrong) =>
    expect(Object.keys(problemOf({ ...whole, ...change }, ['old']))).toEqual(wrong),
  );

  it('is sent with its classes by comma', () => {
    expect(queryOf(whole)).toEqual({
      ...{ name: 'people', layout: 'yolov8', classes: 'person,car' },
      ...{ width: 640, height: 640 },
    });
  });
});
