global using Microsoft.Extensions.Logging;
global using RabbitMQ.Client;
