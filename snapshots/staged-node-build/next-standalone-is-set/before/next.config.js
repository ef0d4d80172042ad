module.exports = async (phase) => {
  return {
    output: 'standalone',
  }
}
