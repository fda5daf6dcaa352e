import { Eye, EyeOff } from 'lucide-react';
import { useState, type ComponentProps } from 'react';

import { Button } from '@/components/ui/Button';
import { Input } from '@/components/ui/controls';
import { useTexts } from '@/context/preferences';

/** A password field that can be looked at. */
export function PasswordInput(props: Omit<ComponentProps<'input'>, 'type'>) {
  const t = useTexts();
  const [isShown, setShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Input
        {...props}
        type={isShown ? 'text' : 'password'}
        className="pr-12"
        spellCheck={false}
        autoCapitalize="none"
      />
      <Button
        variant="quiet"
        size="icon"
        className="absolute top-1 right-1 !size-9"
        aria-label={isShown ? t.auth.hidePassword : t.auth.showPassword}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        <Icon aria-hidden className="size-[1.125rem]" />
      </Button>
    </div>
  );
}
