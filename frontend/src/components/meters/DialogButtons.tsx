import { Button } from '@/components/ui/Button';
import { useAppTexts } from '@/hooks/app-texts';

type Props = {
  isSaving: boolean;
  /** Left out where there is nothing yet, or where it has to stay. */
  onDelete?: (() => void) | undefined;
  isDeleting?: boolean;
  onClose: () => void;
};

/** What ends a dialog: delete on the left, where no hand falls on it by habit. */
export function DialogButtons({ isSaving, onDelete, isDeleting = false, onClose }: Props) {
  const t = useAppTexts();
  return (
    <div className="mt-2 flex flex-wrap justify-end gap-2.5">
      {onDelete && (
        <Button
          variant="danger"
          className="me-auto"
          aria-disabled={isDeleting}
          onClick={isDeleting ? undefined : onDelete}
        >
          {t.common.delete}
        </Button>
      )}
      <Button onClick={onClose}>{t.common.cancel}</Button>
      <Button type="submit" variant="primary" aria-disabled={isSaving}>
        {isSaving ? t.common.saving : t.common.save}
      </Button>
    </div>
  );
}
