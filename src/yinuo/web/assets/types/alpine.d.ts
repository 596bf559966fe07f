interface Magics {
  $root: HTMLElement;
  $nextTick(act: () => void): void;
}
declare const Alpine: {
  data<T extends object>(name: string, part: () => T & ThisType<T & Magics>): void;
  start(): void;
};
export default Alpine;
