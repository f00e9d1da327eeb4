/** Asks for the gateway's token. */
import { useId, useState } from 'preact/hooks';

export function TokenForm({ onToken }: { readonly onToken: (token: string) => void }) {
  const id = useId();
  const [token, setToken] = useState('');
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') onToken(token.trim());
      }}
    >
      <label for={id}>Token</label>
      <input
        id={id}
        type="password"
        autocomplete="off"
        value={token}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <button type="submit" class="button">
        Come in
      </button>
    </form>
  );
}
