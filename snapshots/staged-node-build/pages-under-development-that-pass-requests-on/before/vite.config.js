export default {
  base: '/panel/',
  server: {
    port: 5173,
    proxy: { '/api': 'http://api:8000' },
  },
}
