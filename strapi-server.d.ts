/** The server side of the plugin, as Strapi loads it. */
declare const plugin: {
  register(context: { strapi: any }): void;
  bootstrap(context: { strapi: any }): Promise<void>;
  destroy(context: { strapi: any }): void;
  config: { default: Record<string, unknown>; validator(config: unknown): void };
  services: Record<string, (context: { strapi: any }) => unknown>;
};
export = plugin;
