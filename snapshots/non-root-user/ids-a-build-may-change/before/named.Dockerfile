FROM debian:12
ENV ACCOUNT=web2
RUN groupadd "$ACCOUNT" && useradd -g "$ACCOUNT" "$ACCOUNT"
WORKDIR /srv/app
COPY run.py ./
CMD ["/srv/app/run.py"]
