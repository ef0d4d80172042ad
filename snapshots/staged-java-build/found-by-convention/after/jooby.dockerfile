FROM gradle:8.9-jdk21 as maven
USER root
WORKDIR /jooby
COPY build.gradle.kts ./
COPY src src
COPY public public
COPY conf conf
COPY docs docs
RUN gradle --quiet --no-daemon shadowJar

FROM eclipse-temurin:21-jre
WORKDIR /jooby
COPY --from=maven /jooby/build/libs/jooby-all.jar /jooby/build/libs/jooby-all.jar
COPY --from=maven /jooby/public /jooby/public
COPY --from=maven /jooby/conf /jooby/conf
EXPOSE 8080
CMD ["java", "-server", "-jar", "build/libs/jooby-all.jar"]
