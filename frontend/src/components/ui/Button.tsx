import { cva, type VariantProps } from 'class-variance-authority';
import { Link } from '@/components/ui/Link';
import type { ComponentProps } from 'react';

import { cn } from '@/lib/cn';

const look = cva(
  'inline-flex items-center justify-center gap-2 rounded-[10px] font-medium whitespace-nowrap transition-colors duration-150 disabled:opacity-55 disabled:cursor-not-allowed aria-disabled:opacity-55 select-none',
  {
    variants: {
      variant: {
        primary: 'bg-ink text-canvas hover:bg-ink/85',
        secondary: 'border border-line bg-surface text-ink hover:bg-raised',
        quiet: 'text-ink hover:bg-raised',
        danger: 'border border-danger/40 bg-surface text-danger hover:bg-danger-soft',
      },
      size: {
        md: 'min-h-11 px-4 text-[0.9375rem]',
        sm: 'min-h-9 px-3 text-sm pointer-coarse:min-h-11',
        icon: 'size-9 pointer-coarse:size-11',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
);

type Look = VariantProps<typeof look>;

export function Button({
  variant,
  size,
  className,
  type = 'button',
  ...props
}: ComponentProps<'button'> & Look) {
  return <button type={type} className={cn(look({ variant, size }), className)} {...props} />;
}

export function ButtonLink({
  variant,
  size,
  className,
  ...props
}: ComponentProps<typeof Link> & Look) {
  return <Link className={cn(look({ variant, size }), className)} {...props} />;
}
