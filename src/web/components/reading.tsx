import { giveUp } from '../state/actions.js';
import { words } from '../words.js';

/** That a file is being read. What takes long may be given up: the button comes after a while. */
export function Reading() {
  return (
    <p class="reading row">
      <span role="status">{words.opening}</span>
      <button type="button" onClick={giveUp}>
        {words.giveUp}
      </button>
    </p>
  );
}
