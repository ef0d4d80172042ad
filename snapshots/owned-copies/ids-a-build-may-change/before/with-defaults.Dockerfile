FROM debian:12
ARG UID=1000
ARG GID=1000
RUN groupadd --gid=$GID app && useradd --create-home --uid=$UID --gid=$GID app
WORKDIR /srv/app
COPY run.py ./
USER app
CMD ["/srv/app/run.py"]
