import type { ButtonHTMLAttributes } from 'preact';
import { Icon, type IconName } from './icons.tsx';

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'icon' | 'label'> {
  readonly icon: IconName;
  readonly label: string;
  readonly filled?: boolean;
}

/** A button that is a picture: its name is for those who do not see it, and a tip for those who do. */
export function IconButton({ icon, label, filled = false, class: more = '', ...rest }: IconButtonProps) {
  return (
    <button type="button" class={`icon-button ${more}`} aria-label={label} title={label} {...rest}>
      <Icon name={icon} filled={filled} />
    </button>
  );
}
