// How many people were connected over time, and how many of them helped.
import { useId, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock, formatNumber } from '../../format.ts';
import { FigureFrame } from './figure-frame.tsx';
import { Plot, type PlotLine } from './plot.tsx';
import { largest, roundUp } from './plot-data.ts';
import { peakOf, type OverTime } from './speed-plot.tsx';

const LEAST = 4;

export function PeoplePlot({ lines, window, picked, onPick }: OverTime) {
  const { t } = useTranslation();
  const id = useId();
  const { at, connected, helping } = lines;
  const drawn = useMemo((): PlotLine[] => [{ ink: 'connected', values: connected, dash: [2, 3] }, { ink: 'people', values: helping, fill: 'solid', until: 'axis' }], [connected, helping]);
  const read = picked ?? at.length - 1;
  const count = (line: readonly number[], index = read): string => formatNumber(Math.round(line[index] ?? 0));
  const when = picked === null ? t('crowd.now') : t('crowd.at', { clock: formatClock(at[picked] ?? 0, true) });
  const values = [
    { mark: 'people' as const, name: t('crowd.helping'), value: count(helping) }, { mark: 'connected' as const, name: t('crowd.connected'), value: count(connected) },
  ];
  const peak = peakOf(connected);
  const last = at.length - 1;
  const summary = t('crowd.peopleSummary', {
    from: formatClock(at[0] ?? 0), to: formatClock(at.at(-1) ?? 0), now: t('crowd.now'), connected: count(connected, last), helping: count(helping, last),
    mostAt: formatClock(at[peak] ?? 0, true), most: count(connected, peak),
  });
  return (
    <FigureFrame id={id} title={t('crowd.people')} when={when} values={values} summary={`${summary} ${t('crowd.keys')}`}>
      <Plot
        label={t('crowd.peopleLabel')} describedBy={`${id}-summary`} at={at} window={window} lines={drawn} top={roundUp(largest(connected, helping), LEAST)} tick={(value) => formatNumber(value)}
        picked={picked} onPick={onPick} valueText={`${when}: ${values.map((one) => `${one.name} ${one.value}`).join(', ')}`}
      />
    </FigureFrame>
  );
}
