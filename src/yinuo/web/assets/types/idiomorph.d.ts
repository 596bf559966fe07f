export const Idiomorph: { morph(target: Element, fresh: unknown, options: object): Node[] };
