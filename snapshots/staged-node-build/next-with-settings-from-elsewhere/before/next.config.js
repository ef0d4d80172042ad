const shared = require('./next.shared')

module.exports = {
  ...shared,
  distDir: 'build',
  output: process.env.OUTPUT,
}
