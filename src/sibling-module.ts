/**
 * URL of a module beside another, for what the compiler does not rewrite: sources and build have different extensions.
 * `name`: relative to the directory of `importer`, an import.meta.url, without extension.
 */
export function siblingModule(name: string, importer: string): URL {
  return new URL(`${name}.${importer.endsWith('.ts') ? 'ts' : 'js'}`, importer);
}
