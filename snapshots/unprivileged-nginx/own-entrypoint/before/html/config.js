window.api = 'API'
