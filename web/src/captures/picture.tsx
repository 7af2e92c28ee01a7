import { useFetched } from '../pictures/use-fetched.ts';

/** A picture by its address, or what there is in its place. */
export function Picture({ url, note }: { url: string | null; note: string }) {
  const shown = useFetched(url);
  if (shown.url === null) {
    return (
      <p className="grid aspect-video place-items-center bg-picture text-[#b8c2d4]">
        {url === null || shown.missing ? note : ''}
      </p>
    );
  }
  return (
    <img src={shown.url} alt="" loading="lazy" className="aspect-video w-full bg-picture object-contain" />
  );
}
