export default function Journal({ day }) {
  return (
    <main>
      <h1>Journal</h1>
      <p>{day}</p>
    </main>
  )
}

export function getServerSideProps() {
  return { props: { day: new Date().toISOString().slice(0, 10) } }
}
