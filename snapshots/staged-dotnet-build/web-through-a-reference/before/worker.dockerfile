# The build.
FROM mcr.microsoft.com/dotnet/sdk:8.0.404-bookworm-slim AS publish
WORKDIR /app
COPY src/Worker .
RUN dotnet publish -c Release -o /app/publish

# What runs.
FROM mcr.microsoft.com/dotnet/sdk:8.0.404-bookworm-slim AS runtime
ENV ASPNETCORE_URLS=http://+:5000
WORKDIR /app
COPY --from=publish /app/publish .

ENTRYPOINT ["dotnet", "Worker.dll"]
