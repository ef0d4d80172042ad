FROM debian:12
RUN useradd app
RUN usermod --uid 501 app
WORKDIR /srv/app
COPY run.py ./
CMD ["/srv/app/run.py"]
