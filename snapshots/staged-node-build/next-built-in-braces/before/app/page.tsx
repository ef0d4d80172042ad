export default function Page() {
  return <main>shop</main>
}
