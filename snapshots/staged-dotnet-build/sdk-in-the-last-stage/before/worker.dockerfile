# The build.
FROM mcr.microsoft.com/dotnet/sdk:9.0 AS publish
WORKDIR /app
COPY src/Worker .
RUN dotnet publish -c Release -o /app/publish

# What runs.
FROM mcr.microsoft.com/dotnet/sdk:9.0 AS runtime
WORKDIR /app
COPY --from=publish /app/publish .

ENTRYPOINT ["dotnet", "Worker.dll"]
