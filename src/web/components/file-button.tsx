import { useRef } from 'preact/hooks';

interface FileButtonProps {
  readonly label: string;
  readonly several?: boolean;
  readonly class?: string;
  readonly onFiles: (files: readonly File[]) => void;
}

/** A button that opens the browser's choice of files. */
export function FileButton({ label, several = false, class: look, onFiles }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={look} onClick={() => input.current?.click()}>
        {label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        multiple={several}
        aria-label={label}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
    </>
  );
}
