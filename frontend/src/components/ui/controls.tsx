import type { ComponentProps, ReactNode } from 'react';

import { cn } from '@/lib/cn';

const BOX =
  'w-full min-w-0 min-h-11 rounded-[10px] border border-edge bg-surface px-3 text-ink placeholder:text-muted disabled:opacity-60 aria-invalid:border-danger aria-invalid:ring-1 aria-invalid:ring-danger';

export function Input({ className, ...props }: ComponentProps<'input'>) {
  return <input className={cn(BOX, className)} {...props} />;
}

export function TextArea({ className, ...props }: ComponentProps<'textarea'>) {
  return <textarea className={cn(BOX, 'py-2.5', className)} {...props} />;
}

export function Select({ className, children, ...props }: ComponentProps<'select'>) {
  return (
    <select className={cn(BOX, 'chevron appearance-none truncate pr-9', className)} {...props}>
      {children}
    </select>
  );
}

export function Checkbox({ className, ...props }: ComponentProps<'input'>) {
  return (
    <input
      type="checkbox"
      className={cn('block size-[1.125rem] shrink-0 cursor-pointer accent-ink', className)}
      {...props}
    />
  );
}

type SegmentedProps<T extends string> = {
  label: string;
  name: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
  className?: string;
  isWide?: boolean;
};

/** A few choices side by side: radio buttons, so that arrows move and one Tab passes. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { label, name, value, options, onChange, className, isWide } = props;
  return (
    <fieldset
      className={cn(
        'flex overflow-hidden rounded-[10px] border border-line bg-surface has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        className,
      )}
    >
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className={cn(
            'relative flex min-h-11 cursor-pointer items-center justify-center gap-2 px-3 text-[0.9375rem] whitespace-nowrap text-muted hover:text-ink has-checked:bg-raised has-checked:font-medium has-checked:text-ink',
            isWide && 'flex-1',
          )}
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
            className="absolute inset-0 size-full cursor-pointer opacity-0"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
