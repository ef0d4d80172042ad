/** A file as text, as both the build and the tests take it in. */
declare module '*?raw' {
  const text: string
  export default text
}
