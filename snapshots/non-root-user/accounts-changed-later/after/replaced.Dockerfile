FROM node:20-slim
RUN userdel -r node && useradd --create-home --uid 1000 web
WORKDIR /srv/app
RUN chown 1000:1000 /srv/app
COPY --chown=1000:1000 server.js ./
USER 1000:1000
CMD ["node", "server.js"]
