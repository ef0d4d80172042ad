FROM gradle:8.9-jdk21 as maven
USER root
WORKDIR /jooby
COPY build.gradle.kts ./
COPY src src
COPY public public
COPY conf conf
COPY docs docs
RUN gradle --quiet --no-daemon shadowJar
EXPOSE 8080
CMD ["java", "-server", "-jar", "build/libs/jooby-all.jar"]
