/** `application/json; charset=utf-8` → `application/json`, in lower case; parameters are not looked at. */
export function mediaTypeOf(contentType: string | null): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();
}
