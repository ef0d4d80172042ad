FROM debian:12
ARG GID=2000
RUN groupadd -g "${GID}" staff2 && useradd -rg staff2 app
WORKDIR /srv/app
COPY run.py ./
CMD ["/srv/app/run.py"]
