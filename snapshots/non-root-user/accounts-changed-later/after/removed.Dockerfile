FROM node:20-slim
RUN deluser --remove-home node
WORKDIR /srv/app
COPY server.js ./
CMD ["node", "server.js"]
