/** A button of a toolbar: an icon, and words that may be hidden where there is no room. */
import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';
import { letGoOfPointerFocus } from './pointer-focus.ts';

interface ToolButtonProps {
  readonly icon: IconName;
  /** What it does, as its accessible name. */
  readonly label: string;
  readonly onPress: () => void;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly tone?: 'plain' | 'live' | 'strong';
  /** Words beside the icon; without them only the icon is seen. */
  readonly children?: ComponentChildren;
}

export function ToolButton({
  icon,
  label,
  onPress,
  pressed,
  disabled = false,
  tone = 'plain',
  children,
}: ToolButtonProps) {
  return (
    <button
      type="button"
      class={`tool tool-${tone}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={(event) => {
        onPress();
        letGoOfPointerFocus(event);
      }}
    >
      <Icon name={icon} />
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}
