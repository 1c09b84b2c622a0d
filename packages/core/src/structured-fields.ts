const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Whether a text can stand in a String of a structured field (RFC 9651, 3.3.3). */
export const isFieldString = (text: string): boolean => PRINTABLE_ASCII.test(text);

/**
 * Serializes a String (RFC 9651, 4.1.6).
 * @throws {TypeError} where the text has characters outside printable ASCII.
 */
export function serializeString(text: string): string {
  if (!isFieldString(text))
    throw new TypeError(`a field's string must be printable ASCII, got ${JSON.stringify(text)}`);
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
