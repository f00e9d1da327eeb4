/** What Vite makes of an import of a file that is to run in a thread of its own: the address of its script. */
declare module '*?worker&url' {
  const url: string;
  export default url;
}
