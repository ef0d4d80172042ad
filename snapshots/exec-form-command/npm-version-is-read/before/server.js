console.log('shop', process.env.npm_package_version)
