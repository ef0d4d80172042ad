document.body.textContent = 'ok'
