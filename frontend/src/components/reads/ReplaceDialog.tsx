import { useRef, useState, type FormEvent } from 'react';

import { ProblemMessage } from '@/components/common/ProblemMessage';
import type { Suggestion } from '@/components/reads/ReadForm';
import { Button } from '@/components/ui/Button';
import { Input } from '@/components/ui/controls';
import { Dialog } from '@/components/ui/Dialog';
import { Field } from '@/components/ui/Field';
import { useNotify } from '@/components/ui/Toast';
import { useMeterPreferences } from '@/hooks/meter-texts';
import { useDialEvent } from '@/hooks/reads';
import type { MeterOut } from '@/lib/api';
import { parseAmount } from '@/lib/format';
import { makeKeyring } from '@/lib/keyring';
import { fromWall, toWall } from '@/lib/wall-time';

type Props = {
  meter: MeterOut;
  timeZone: string;
  suggestion?: Suggestion | undefined;
  onClose: () => void;
};

/** Another meter took the place of this one: the old dial's last value and the new one's first. */
export function ReplaceDialog({ meter, timeZone, suggestion, onClose }: Props) {
  const { texts: t, locale } = useMeterPreferences();
  const notify = useNotify();
  const save = useDialEvent(meter.id);
  const [keyOf] = useState(makeKeyring);
  const [wall, setWall] = useState(() =>
    toWall(suggestion?.at ?? new Date().toISOString(), timeZone),
  );
  const [final, setFinal] = useState('');
  const [initial, setInitial] = useState('0');
  const [serial, setSerial] = useState('');
  const [isTried, setTried] = useState(false);
  const isBusy = useRef(false);
  const [last, first] = [parseAmount(final, locale), parseAmount(initial, locale)];
  const at = fromWall(wall, timeZone);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (last === null || first === null || at === null || isBusy.current) return;
    isBusy.current = true;
    const body = {
      event: 'replacement' as const,
      at,
      final_value: last,
      initial_value: first,
      serial_number: serial.trim() || null,
    };
    try {
      await save.mutateAsync({ body, key: keyOf(body) });
      notify({ text: t.reads.replaced });
      onClose();
    } catch {
      // shown below
    } finally {
      isBusy.current = false;
    }
  };
  const needed = (value: number | null) =>
    isTried && value === null ? t.reads.needValue : undefined;
  return (
    <Dialog title={t.reads.replaceTitle} isOpen onClose={onClose}>
      <form noValidate className="flex flex-col gap-4" onSubmit={(event) => void submit(event)}>
        <p className="text-muted">{t.reads.replaceLead}</p>
        <Field
          label={t.reads.when}
          hint={t.reads.whenHint(timeZone)}
          error={isTried && at === null ? t.reads.needWhen : undefined}
        >
          {(field) => (
            <Input
              type="datetime-local"
              {...field}
              value={wall}
              onChange={({ target }) => setWall(target.value)}
            />
          )}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t.reads.finalValue} error={needed(last)}>
            {(field) => (
              <Input
                inputMode="decimal"
                autoComplete="off"
                {...field}
                value={final}
                onChange={({ target }) => setFinal(target.value)}
              />
            )}
          </Field>
          <Field label={t.reads.initialValue} error={needed(first)}>
            {(field) => (
              <Input
                inputMode="decimal"
                autoComplete="off"
                {...field}
                value={initial}
                onChange={({ target }) => setInitial(target.value)}
              />
            )}
          </Field>
        </div>
        <Field label={t.reads.serial} isOptional>
          {(field) => (
            <Input
              autoComplete="off"
              maxLength={100}
              {...field}
              value={serial}
              onChange={({ target }) => setSerial(target.value)}
            />
          )}
        </Field>
        {save.error && <ProblemMessage error={save.error} />}
        <div className="mt-2 flex flex-wrap justify-end gap-2.5">
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button type="submit" variant="primary" aria-disabled={save.isPending}>
            {save.isPending ? t.common.saving : t.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
