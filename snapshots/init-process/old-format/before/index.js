console.log('bot')
