// How a package comes to be here, among everybody who wants it: one sentence, plots, figures, and what happened.
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageDetail, PackageFigures, PackageSummary } from '../../../contract/index.ts';
import { loadFigures } from '../../actions/figures.ts';
import { useFigures } from '../../stores/figures-store.ts';
import { useSession } from '../../stores/session-store.ts';
import { PackageSentence } from '../library/package-sentence.tsx';
import { CopiesPlot } from './copies-plot.tsx';
import { crowdSentences, isMeasured } from './crowd-words.ts';
import { EventFacts } from './event-facts.tsx';
import { GentleStart } from './gentle-start.tsx';
import { MoreFigures } from './more-figures.tsx';
import { PeoplePlot } from './people-plot.tsx';
import { linesOf, windowOf, type Reading } from './plot-data.ts';
import { SaveFigures } from './save-figures.tsx';
import { SpeedPlot } from './speed-plot.tsx';
import styles from './event.module.css';

/** What the sentence about the crowd says already. */
const told: readonly PackageSummary['state']['reason'][] = ['going', 'smoothing', 'sharing', 'nobody-wants'];

function Lead({ one, figures, newest, working }: { one: PackageSummary; figures: PackageFigures; newest: Reading; working: boolean }) {
  const { t } = useTranslation();
  const { control, smoothing } = figures;
  const getting = working && one.state.kind === 'downloading';
  return (
    <div className={styles.lead}>
      {isMeasured(figures) && <p className={styles.sentence}>{crowdSentences(figures, one, working ? newest : null).map(({ key, values }) => t(key, values)).join(' ')}</p>}
      {working && !told.includes(one.state.reason) && <PackageSentence one={one} inDetail />}
      {getting && smoothing && smoothing.share < 1 && <GentleStart smoothing={smoothing} />}
      {getting && control.action === 'more-server' && <p className={styles.soft}>{t(`crowd.control.${control.reason ?? 'other'}`)}</p>}
    </div>
  );
}

function Measured({ one, figures, detail, working }: { one: PackageSummary; figures: PackageFigures; detail: PackageDetail | null; working: boolean }) {
  const { t } = useTranslation();
  const lines = useMemo(() => linesOf(figures), [figures]);
  const window = useMemo(() => windowOf(lines.at), [lines.at]);
  /** The moment that is read, epoch ms: it stays although points are added before or behind it. */
  const [moment, setMoment] = useState<number | null>(null);
  const found = moment === null ? -1 : lines.at.indexOf(moment);
  const picked = found < 0 ? null : found;
  const onPick = (index: number | null): void => setMoment(index === null ? null : lines.at[index] ?? null);
  const plots = { lines, window, picked, onPick, newest: t(working ? 'crowd.now' : 'crowd.last') };
  return (
    <>
      <Lead one={one} figures={figures} newest={lines.newest} working={working} />
      {lines.at.length > 0 && <SpeedPlot {...plots} />}
      <div className={styles.pair}>
        {lines.at.length > 0 && <PeoplePlot {...plots} />}
        <CopiesPlot copies={detail?.pieces.copies ?? []} connected={figures.now.connected} />
      </div>
      <EventFacts figures={figures} />
      <MoreFigures figures={figures} lines={lines} />
      <SaveFigures figures={figures} />
    </>
  );
}

export function EventTab({ one, detail }: { one: PackageSummary; detail: PackageDetail | null }) {
  const { t } = useTranslation();
  const figures = useFigures((state) => (state.figures?.id === one.id ? state.figures : null));
  const failure = useFigures((state) => state.failure);
  const working = useSession((state) => state.link === 'open' && state.core === 'up');
  // Asked anew when the core is back: what is there was measured by the one before.
  useEffect(() => { if (working) void loadFigures(one.id); }, [one.id, working]);
  if (!figures) return <p className={styles.soft}>{!working ? t('crowd.stale') : failure ?? t('crowd.loading')}</p>;
  return (
    <div className={styles.tab}>
      {!working && <p className={styles.soft}>{t('crowd.stale')}</p>}
      {isMeasured(figures) ? <Measured key={one.id} one={one} figures={figures} detail={detail} working={working} /> : (
        <>
          <Lead one={one} figures={figures} newest={linesOf(figures).newest} working={working} />
          <div className={styles.empty}><p className={styles.sentence}>{t('crowd.empty')}</p><p className={styles.soft}>{t('crowd.emptyHint')}</p></div>
        </>
      )}
    </div>
  );
}
