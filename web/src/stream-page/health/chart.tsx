import { useEffect, useRef } from 'react';
import UPlot, { type Options } from 'uplot';
import 'uplot/dist/uPlot.min.css';

const HEIGHT = 110;

/** One figure over time; `values` stand at `times` in UTC seconds. */
export function Chart(props: {
  label: string;
  times: readonly number[];
  values: readonly (number | null)[];
  format: (value: number) => string;
}) {
  const { label, times, values, format } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new UPlot(optionsOf(element, format), [[], []], element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [format]);
  useEffect(() => {
    chart.current?.setData([[...times], [...values]]);
  }, [times, values]);
  const last = values.at(-1) ?? null;
  return (
    <figure className="grid gap-1" data-chart>
      <figcaption className="flex justify-between">
        <span className="text-faint">{label}</span>
        <strong className="tabular-nums">{last === null ? '–' : format(last)}</strong>
      </figcaption>
      <div ref={box} aria-hidden="true" />
    </figure>
  );
}

function optionsOf(element: HTMLElement, format: (value: number) => string): Options {
  const style = getComputedStyle(element);
  const color = (name: string) => resolved(style.getPropertyValue(name));
  const axis = {
    stroke: color('--text-faint'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, size: 24, space: 90, values: (_, at) => at.map((one) => clock.format(one * 1000)) },
      { ...axis, size: 64, space: 34, values: (_, all) => all.map(format) },
    ],
    series: [
      {},
      {
        stroke: color('--accent'),
        fill: `color-mix(in srgb, ${color('--accent')} 14%, transparent)`,
        width: 1.5,
      },
    ],
  };
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** A canvas knows no `light-dark()`: the browser is asked for the plain colour. */
function resolved(value: string): string {
  const probe = document.createElement('span');
  probe.style.color = value;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
