import { setTimeout as pause } from 'node:timers/promises';

/**
 * How long the server's loop lets a request wait, at most: a call without work, every 20 ms. A program of its own, for
 * one that counts packets meanwhile would measure its own pauses. Arguments: the address, and milliseconds.
 */
const [url = '', windowMs = '0'] = process.argv.slice(2);
const ask = async (): Promise<number> => {
  const asked = performance.now();
  await (await fetch(url)).text();
  return performance.now() - asked;
};
// The first ones open the connection.
for (let i = 0; i < 10; i++) await ask();
const answers: number[] = [];
for (const until = performance.now() + Number(windowMs); performance.now() < until; await pause(20)) {
  answers.push(await ask());
}
console.log(JSON.stringify(answers));
