import './board.css'

const cards = JSON.parse(localStorage.getItem('cards') ?? '["first card"]')
document.querySelector('#board').replaceChildren(
  ...cards.map((text) => Object.assign(document.createElement('article'), { textContent: text })),
)
