import boto3
import botocore
import fastapi
import requests
