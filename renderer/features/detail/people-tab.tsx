// The people of a package, as an expert reads them: address, program, way, what they have, speeds.
import { useTranslation } from 'react-i18next';
import type { PackageDetail, PackageId } from '../../../contract/index.ts';
import { addPeers } from '../../actions/packages.ts';
import { formatBytes, formatPercent, formatRate } from '../../format.ts';
import { AddLine } from './add-line.tsx';
import styles from './detail.module.css';

const ways = { tcp: 'TCP', utp: 'uTP', webrtc: 'WebRTC', http: 'HTTP' };
const LINES = 500;

export function PeopleTab({ id, detail }: { id: PackageId; detail: PackageDetail }) {
  const { t } = useTranslation();
  return (
    <>
      <AddLine label={t('people.addLabel')} button={t('people.add')} onAdd={(text) => addPeers(id, [text])} />
      {detail.peers.length === 0 ? <p className={styles.soft}>{t('people.none')}</p> : (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('people.label')}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('people.address')}</th><th scope="col">{t('people.client')}</th><th scope="col">{t('people.way')}</th>
                <th scope="col" className={styles.number}>{t('people.progress')}</th><th scope="col" className={styles.number}>{t('people.down')}</th>
                <th scope="col" className={styles.number}>{t('people.up')}</th><th scope="col" className={styles.number}>{t('people.total')}</th>
                <th scope="col">{t('people.flags')}</th>
              </tr>
            </thead>
            <tbody>
              {detail.peers.slice(0, LINES).map((peer) => (
                <tr key={peer.id}>
                  <td className="selectable">{peer.address}</td>
                  <td>{peer.client}</td>
                  <td>{ways[peer.transport]}, {t(peer.incoming ? 'people.incoming' : 'people.outgoing')}{peer.encrypted ? `, ${t('people.encrypted')}` : ''}</td>
                  <td className={styles.number}>{formatPercent(peer.progress)}</td>
                  <td className={styles.number}>{peer.downloadBytesPerSecond >= 1000 ? formatRate(peer.downloadBytesPerSecond) : ''}</td>
                  <td className={styles.number}>{peer.uploadBytesPerSecond >= 1000 ? formatRate(peer.uploadBytesPerSecond) : ''}</td>
                  <td className={styles.number}>{formatBytes(peer.receivedBytes)}, {formatBytes(peer.sentBytes)}</td>
                  <td className={styles.mono}>{peer.flags}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
