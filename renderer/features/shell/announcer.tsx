// Tells screen readers what changed: politely, and at most once every ten seconds.
import { useEffect, useRef, useState } from 'react';
import { text } from '../../i18n.ts';
import { usePackages } from '../../stores/packages-store.ts';

export const QUIET_MS = 10_000;

export function Announcer() {
  const [words, setWords] = useState('');
  const changed = useRef(new Map<string, string>());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastAt = -QUIET_MS;
    const say = (): void => {
      timer = undefined;
      const [first] = changed.current.values();
      setWords(changed.current.size === 1 && first ? first : text('live.many', { count: changed.current.size }));
      changed.current.clear();
      lastAt = performance.now();
    };
    const stop = usePackages.subscribe((now, before) => {
      if (now.byId === before.byId || before.seq < 0) return;
      for (const [id, one] of now.byId) {
        const was = before.byId.get(id);
        if (!was || was === one) continue;
        if (one.state.reason === 'core-ready' && was.state.reason !== 'core-ready') changed.current.set(id, text('live.changed', { name: one.name, state: text('sentence.coreReady') }));
        else if (was.state.kind !== one.state.kind) changed.current.set(id, text('live.changed', { name: one.name, state: text(`state.${one.state.kind}`) }));
      }
      if (changed.current.size > 0) timer ??= setTimeout(say, Math.max(0, lastAt + QUIET_MS - performance.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return <div className="visually-hidden" role="status" aria-live="polite">{words}</div>;
}
