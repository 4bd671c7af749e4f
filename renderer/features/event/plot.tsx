// One plot over time: drawn by uPlot on a canvas, read by pointer, keyboard and screen reader.
import { useEffect, useLayoutEffect, useRef, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatClock, formatDayShort } from '../../format.ts';
import { readLook, stripes, useLookKey, type Ink, type PlotLook } from './plot-look.ts';
import styles from './event.module.css';

/** A line of a plot; `until`: whether its fill goes down to the axis or to the next line. */
export interface PlotLine { ink: Ink; values: readonly number[]; fill?: 'solid' | 'stripes'; until?: 'axis' | 'next'; dash?: readonly number[] }

interface PlotProps {
  /** What it shows; and the id of the words that say the same. */
  label: string; describedBy: string;
  /** Epoch ms of each value. */
  at: readonly number[];
  window: { from: number; to: number };
  /** From the top of the stack to its bottom. */
  lines: readonly PlotLine[];
  top: number;
  tick: (value: number) => string;
  /** The index that is read; null: the newest. */
  picked: number | null;
  onPick: (index: number | null) => void;
  /** The values at the index that is read, in words. */
  valueText: string;
}

const HEIGHT = 150;
const AXIS_WIDTH = 62;
const SECOND = 1;
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const steps = [
  5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY,
];

const PADDING = 12;
/** Whether the words below this moment would reach over the right edge. */
function isCut(plot: uPlot, seconds: number, step: number): boolean {
  const { min, max } = plot.scales['x'] ?? {};
  if (min === undefined || max === undefined) return false;
  const room = ((max - seconds) / (max - min)) * (plot.width - AXIS_WIDTH - PADDING);
  return room + PADDING < (step < MINUTE ? 30 : 20);
}

const translucent = (colour: string, alpha: number): string => colour.replace(/^rgba?\(([^)]+)\)$/, (_, parts: string) => `rgba(${parts.split(/[,\s/]+/).slice(0, 3).join(', ')}, ${alpha})`);

function optionsOf(element: HTMLElement, look: PlotLook, current: { current: PlotProps }): uPlot.Options {
  const { lines } = current.current;
  const fillOf = (line: PlotLine) => (plot: uPlot): CanvasPattern | string =>
    (line.fill === 'stripes' ? stripes(plot.ctx, look.ink[line.ink]) : translucent(look.ink[line.ink], 0.55));
  const axis = { stroke: look.ink.text, font: look.font, ticks: { show: false } };
  return {
    width: Math.max(120, element.clientWidth), height: HEIGHT, padding: [8, PADDING, 0, 0], legend: { show: false },
    scales: {
      x: { time: true, range: () => [current.current.window.from / 1000, current.current.window.to / 1000] },
      y: { range: () => [0, current.current.top] },
    },
    axes: [
      {
        ...axis, grid: { show: false }, size: 26, gap: 6, space: 74, incrs: steps,
        values: (plot, splits, _axis, _space, step) => splits.map((seconds) => (isCut(plot, seconds, step) ? '' : step >= DAY ? formatDayShort(seconds * 1000) : formatClock(seconds * 1000, step < MINUTE))),
      },
      {
        ...axis, grid: { stroke: look.ink.grid, width: 1 }, size: AXIS_WIDTH, gap: 8,
        splits: () => [0, current.current.top / 2, current.current.top], values: (_plot, splits) => splits.map((value) => current.current.tick(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        stroke: look.ink[line.ink], width: line.dash || !line.fill ? 2 : 1.5, points: { show: false }, ...line.dash ? { dash: [...line.dash] } : {},
        ...line.fill && line.until !== 'next' ? { fill: fillOf(line) as uPlot.Series.Fill } : {},
      })),
    ],
    bands: lines.flatMap((line, index) => (line.until === 'next' ? [{ series: [index + 1, index + 2] as [number, number], fill: fillOf(line) as uPlot.Band['fill'] & {} }] : [])),
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
  };
}

const dataOf = ({ at, lines }: PlotProps): uPlot.AlignedData => [at.map((ms) => ms / 1000), ...lines.map((line) => [...line.values])];

/** Puts the line of the moment that is read where it belongs; away when the newest is read. */
function showPicked(plot: uPlot, { at, picked }: PlotProps): void {
  const ms = picked === null ? undefined : at[picked];
  plot.setCursor(ms === undefined ? { left: -10, top: -10 } : { left: plot.valToPos(ms / 1000, 'x'), top: 0 }, false);
}

export function Plot(props: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const probe = useRef<HTMLSpanElement>(null);
  const plot = useRef<uPlot | null>(null);
  const current = useRef(props);
  const look = useLookKey();
  useLayoutEffect(() => { current.current = props; });

  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !probe.current) return;
    const made = new uPlot(optionsOf(element, readLook(probe.current), current), dataOf(current.current), element);
    plot.current = made;
    // The canvas shows; the box around it says what it shows.
    made.root.setAttribute('aria-hidden', 'true');
    const move = (event: PointerEvent): void => current.current.onPick(nearest(made, event, current.current.at.length));
    const leave = (): void => current.current.onPick(null);
    made.over.addEventListener('pointermove', move);
    made.over.addEventListener('pointerleave', leave);
    const observer = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width) made.setSize({ width: element.clientWidth, height: HEIGHT });
      showPicked(made, current.current);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [look]);

  const { at, window, lines, top, picked } = props;
  useEffect(() => {
    plot.current?.setData(dataOf(current.current));
    if (plot.current) showPicked(plot.current, current.current);
  }, [at, lines, window.from, window.to, top]);
  useEffect(() => {
    if (plot.current) showPicked(plot.current, current.current);
  }, [picked]);

  const last = Math.max(0, at.length - 1);
  const keyDown = (event: KeyboardEvent): void => {
    const from = picked ?? last;
    const far = Math.max(1, Math.round(last / 10));
    const to = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, PageDown: from - far, PageUp: from + far, Home: 0, End: last, Escape: picked === null ? undefined : last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    props.onPick(to >= last ? null : Math.max(0, to));
  };
  return (
    <div
      ref={box} className={styles.plot} role="slider" tabIndex={0} aria-label={props.label} aria-describedby={props.describedBy} aria-valuemin={0} aria-valuemax={last}
      aria-valuenow={picked ?? last} aria-valuetext={props.valueText} onKeyDown={keyDown} onBlur={() => props.onPick(null)}
    >
      <span ref={probe} className={styles.probe} aria-hidden="true" />
    </div>
  );
}

function nearest(plot: uPlot, event: PointerEvent, length: number): number | null {
  const index = plot.posToIdx(event.clientX - plot.over.getBoundingClientRect().left);
  return index >= length - 1 ? null : index;
}
