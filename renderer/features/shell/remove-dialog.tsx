// Asks before files go to the trash; nothing else is ever asked about.
import { useTranslation } from 'react-i18next';
import type { PackageId } from '../../../contract/index.ts';
import { removeWithFiles } from '../../actions/packages.ts';
import { closeDialog } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { usePackages } from '../../stores/packages-store.ts';

export function RemoveDialog({ ids }: { ids: PackageId[] }) {
  const { t } = useTranslation();
  const name = usePackages((state) => state.byId.get(ids[0] ?? '')?.name ?? '');
  return (
    <Dialog
      title={t('remove.title')} size="narrow" textOnly describe description={ids.length === 1 ? t('remove.one', { name }) : t('remove.many', { count: ids.length })}
      onClose={closeDialog}
      foot={
        <>
          <Button tone="quiet" onClick={closeDialog}>{t('remove.cancel')}</Button>
          <Button tone="danger" onClick={() => { closeDialog(); removeWithFiles(ids); }}>{t('remove.confirm')}</Button>
        </>
      }
    >
      {null}
    </Dialog>
  );
}
