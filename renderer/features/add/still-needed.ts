// What has to be chosen or accepted before what the Add dialog shows can start.
import type { PreviewState } from '../../stores/preview-store.ts';

/** The key of the sentence that says what is still needed, or null. */
export function stillNeeded(state: Pick<PreviewState, 'preview' | 'skipped' | 'trust' | 'acceptedTerms' | 'acceptedRegion'>): string | null {
  const { preview, skipped } = state;
  if (!preview) return null;
  const { event } = preview;
  if (!event) return preview.files.length > 0 && skipped.size >= preview.files.length ? 'add.noneChosen' : null;
  if (event.action === 'same') return null;
  if (event.expired) return 'event.need.expired';
  if (event.trust === 'first-use' && !state.trust) return 'event.need.trust';
  if (event.terms && !state.acceptedTerms) return 'event.need.terms';
  if (event.regions && !state.acceptedRegion) return 'event.need.region';
  return null;
}
