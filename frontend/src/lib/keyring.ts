/** A key that nobody else has; browsers give UUIDs only to pages that came over HTTPS. */
export function newKey(): string {
  const { randomUUID } = crypto as Partial<Crypto>;
  if (randomUUID) return randomUUID.call(crypto);
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join(
    '-',
  );
}

/** One key for one content: a second try of the same is the same, a corrected one is new. */
export function makeKeyring(): (body: object) => string {
  let content = '';
  let key = '';
  return (body) => {
    const next = JSON.stringify(body);
    if (next !== content) {
      content = next;
      key = newKey();
    }
    return key;
  };
}
